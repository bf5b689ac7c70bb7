# The same over UDP; what is lost is repeated.
phone alice 7960 line 201
phone bob 7961 line 202
application console over UDP watches 201 202

console is cut off
alice dials 202
bob rings from 201
after 2 seconds
console is no longer cut off
console sees Delivered at 202 within 10 seconds
bob answers
console sees Established at 202 within 10 seconds
console answers at 202
console is refused with invalidConnectionState
console clears at 201
console succeeds
alice is idle
