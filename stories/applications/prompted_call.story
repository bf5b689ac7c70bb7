# An application asks the user first: the phone rings, the user lifts, then the call is dialled.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201

console prompts a call from 201 to 202
console succeeds
console sees ServiceInitiated at 201 lcs initiated
bob is idle
alice rings
alice answers
console sees Originated at 201
bob rings from 201
alice hangs up
console sees ConnectionCleared at 201
console prompts a call from 201 to 202
alice rings
alice is idle within 20 seconds
console sees ConnectionCleared at 201 lcs null cause callCancelled
