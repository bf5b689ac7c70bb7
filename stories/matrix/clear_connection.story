# ClearConnection ends a call, and rejects one that rings.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
application console watches 201 202

console calls from 201 to 202
bob rings from 201
bob answers
alice is connected to 202
bob is connected to 201

console clears at 202
console succeeds
alice is idle
bob is idle
console calls from 202 to 201
alice rings from 202
console clears at 202
console succeeds
alice is idle
bob is idle
