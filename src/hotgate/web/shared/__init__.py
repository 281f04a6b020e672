"""What every surface shows and asks alike: layout, components, words, who sits at the console."""
