# A line with one channel is busy while it is in a call.
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7961 line 203
application console watches 203

alice dials 202
bob answers
alice is connected to 202
carol dials 202
carol hears LineBusyTone
carol shows "Busy"
console sees Originated at 203
console sees Failed at 203 lcs connected cause busy
carol is idle within 15 seconds
console sees exactly ConnectionCleared at 203
alice is connected to 202
