"""How the weights were made. Not part of the installed package; needs training/requirements.txt."""
