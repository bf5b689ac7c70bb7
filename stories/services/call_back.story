# A user who hears busy tone is called back when an application asks for it, and one who has waited long enough gives up.
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7965 line 203
application console watches 201 203

console logs in
bob dials 201
alice answers
carol dials 201
carol hears LineBusyTone
console sees ServiceInitiated at 203 lcs initiated cause normal
console sees DigitsDialed at 203 lcs initiated cause normal
console sees Originated at 203 lcs connected cause newCall
console asks for a call back at 203
console succeeds
console sees CallBack at 203
console sees CallBack at 201
carol is idle
console asks for a call back at 201
console is refused with noCallToComplete
bob hangs up
carol rings
console sees ServiceInitiated at 203 lcs initiated cause callBack
carol answers
alice rings from 203
console sees Originated at 203 lcs connected
console sees Delivered at 203 lcs connected
alice answers
carol is connected to 201
carol hangs up
console cancels the call back at 203
console is refused with noCallToComplete
