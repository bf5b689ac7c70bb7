# A phone loses its cable in a call. The other one is told when three keepalives were missed.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob answers
alice is connected to 202
alice is unplugged
after 30 seconds
bob is connected to 201
bob is idle within 2 minutes
console sees ConnectionCleared at 202 lcs null
alice is plugged in
alice is registered
alice dials 202
bob rings from 201
