# A monitor keeps back the events its application does not want.
phone alice 7960 line 201
phone bob 7961 line 202
application console for 201

console logs in
console watches 201 without Delivered DigitsDialed Originated ServiceInitiated
console succeeds
alice dials 202
bob answers
alice hangs up
console sees exactly Established ConnectionCleared at 201
console stops watching 201
console succeeds
alice dials 202
console sees nothing more at 201
