# MakeCall: the calling phone goes off-hook, and the called one rings.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
application console watches 201 202

console calls from 201 to 202
console succeeds
bob rings from 201
alice hears ringing
bob answers
alice is connected to 202
bob is connected to 201
alice hangs up
bob is idle
alice is idle
