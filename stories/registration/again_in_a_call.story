# A phone whose connection breaks in a call comes back and shows the call as it is.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob answers
alice is connected to 202
alice's connection breaks
alice is not registered
bob is idle within 10 seconds
console sees ConnectionCleared at 202 lcs null within 1 minute
alice is registered within 20 seconds
alice is idle
alice dials 202
bob rings from 201
bob answers
alice is connected to 202
