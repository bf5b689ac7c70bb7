# Alice calls Bob and Bob answers; Alice hangs up.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
alice hears ringing
alice hears AlertingTone
bob rings from 201
bob's line 1 lamp is Blink
console sees ServiceInitiated at 201 lcs initiated
console sees Originated at 201 lcs connected
console sees Delivered at 201 lcs connected from 201 to 202
console sees Delivered at 202 lcs alerting from 201 to 202
bob answers
alice is connected to 202
bob is connected to 201
bob does not ring
bob's line 1 lamp is On
console sees Established at 201 lcs connected
console sees Established at 202 lcs connected
alice hangs up
alice is idle
bob is idle
console sees exactly ConnectionCleared at 201
console sees exactly ConnectionCleared ConnectionCleared at 202
