# An application makes, answers, holds, retrieves and clears a call; the phones follow.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

console calls from 201 to 202
console succeeds
console sees ServiceInitiated at 201 lcs initiated cause makeCall
console sees Originated at 201 lcs connected
console sees Delivered at 202 lcs alerting
alice hears ringing
bob rings from 201
console answers at 202
console succeeds
alice is connected to 202
bob is connected to 201
console sees Established at 201
console holds at 202
console succeeds
bob has 201 on hold
console sees Held at 202 lcs hold
console retrieves at 202
console succeeds
bob is connected to 201
console sees Retrieved at 202 lcs connected
console clears at 202
console succeeds
bob is idle
alice is idle
console sees ConnectionCleared at 202 lcs null
