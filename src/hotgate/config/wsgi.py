import os

from django.core.wsgi import get_wsgi_application

from hotgate.config import key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotgate.config.settings")
application = get_wsgi_application()
key.require()
