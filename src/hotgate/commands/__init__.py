"""What can be typed after `hotgate`: one module per command, with `register(subparsers)`."""
