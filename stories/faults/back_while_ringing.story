# A phone that rings loses its connection and is back at once: it rings on, and the call is not forwarded.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
202 forwards to 203 on busy
application console watches 202

alice dials 202
bob rings from 201
console sees Delivered at 202 lcs alerting
bob's connection breaks
after 1 second
alice hears ringing
bob is unplugged
bob is plugged in
bob is registered
bob rings from 201
carol does not ring
bob answers
alice is connected to 202
console sees exactly Established at 202
