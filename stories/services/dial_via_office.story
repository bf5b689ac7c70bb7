# Dial via office: Alice is at Carol's phone and calls Bob from there, as if from her office.
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

console calls from 201 to 202 by phone 203
console succeeds
carol rings from 201
bob does not ring
console sees ServiceInitiated at 201 lcs initiated cause makeCall
console sees Delivered at 203 lcs alerting cause newCall from 201 to 203
carol answers
bob rings from 201
console sees Originated at 201 lcs connected
console sees Delivered at 201 lcs connected cause newCall from 201 to 202
bob answers
console sees Established at 201 lcs connected
carol hangs up
bob is idle
alice is idle
console sees ConnectionCleared at 201 lcs null
# Nobody answers: nothing is dialled.
console calls from 201 to 202 by phone 203
carol rings
carol rejects
console sees Failed at 201 lcs fail cause callNotAnswered
console sees ConnectionCleared at 201 lcs null
bob does not ring
