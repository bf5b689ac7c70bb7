# Two applications forward two numbers one after the other; the second one is found busy, and the first caller still gets through.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
phone dave 7970 dual-line 204
203 forwards to 204 on busy
application console watches 201 202 203 204

console forwards 202 to 203
carol dials 204
dave answers
alice dials 202
dave has a call waiting from 201
console sees Diverted at 202 lcs null cause callForwardImmediate onto 203
console sees Diverted at 203 lcs null cause callForwardBusy onto 204
console sees Delivered at 204 lcs alerting cause callForwardBusy from 201 to 202 via 203
console sees Delivered at 201 lcs connected cause callForwardBusy to 202 via 203
alice hangs up
carol is connected to 204
