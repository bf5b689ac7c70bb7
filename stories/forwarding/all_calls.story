# Bob forwards all his calls to Carol at his phone, and later takes that back.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
application console watches 201 202 203

bob forwards to 203
bob is forwarded to 203
bob shows "Forwarded to 203"
console sees exactly ServiceInitiated ConnectionCleared Forwarding at 202
alice dials 202
console sees Diverted at 202 lcs null cause callForwardImmediate from 201 to 202 onto 203
console sees Diverted at 201 lcs connected cause callForwardImmediate onto 203
console sees Delivered at 203 lcs alerting cause callForwardImmediate from 201 to 202 via 202
carol rings from 201
carol shows "for 202"
bob does not ring
carol answers
alice is connected to 203
console sees Established at 201 to 202 via 202
alice hangs up
console sees exactly Established ConnectionCleared ConnectionCleared at 203
console sees nothing more at 202
bob stops forwarding
bob is not forwarded
console sees exactly Forwarding at 202
alice dials 202
bob rings from 201
