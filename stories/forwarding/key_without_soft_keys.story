# A phone without soft keys has a button for it, with a lamp.
every step is checked
phone alice 7910 line 201
phone bob 12SP line 202
phone carol 7960 line 203

alice forwards to 203
alice is forwarded to 203
bob dials 201
carol rings from 202
bob hangs up
alice stops forwarding
alice is not forwarded
