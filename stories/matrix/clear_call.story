# ClearCall ends a call for everybody.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
application console watches 201 202

console calls from 201 to 202
bob rings from 201
bob answers
alice is connected to 202
bob is connected to 201

console clears the call at 201
console succeeds
alice is idle
bob is idle
