import gc
import os

from django.core.wsgi import get_wsgi_application

from hotgate.config import key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotgate.config.settings")
application = get_wsgi_application()
key.require()
# What is loaded now lives as long as the process: nobody has to look through it for garbage again.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 100)
