# Bob does not want to talk.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob rings from 201
bob rejects
bob is idle
alice hears LineBusyTone
console sees Delivered at 202
console sees ConnectionCleared at 202 lcs null
alice is idle within 15 seconds
console sees ConnectionCleared at 201 lcs null
