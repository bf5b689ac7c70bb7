# The node restarts while an application connects: nothing of the attempt is left.
steps overlap
phone bob 7961 dual-line 203
application monitor watches 203

monitor's connection breaks
monitor logs in
the node restarts
