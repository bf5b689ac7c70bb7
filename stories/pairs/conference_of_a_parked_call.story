# A call that was fetched from its slot is made a conference.
phone alice 7960 octo-line 201
phone bob 7961 line 202
phone carol 7970 dual-line 203
phone dave 7970 line 204
calls are parked at 801 for 3 times 60 seconds
application console watches 201 202 203 204

bob dials 201
alice answers
alice parks
carol dials 801
carol is connected to 202
carol confers with 204
dave answers
carol confers
carol is in a conference with 202 204
console sees Conferenced at 202 lcs connected cause conference
bob hangs up
carol is connected to 204
