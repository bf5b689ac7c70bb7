# A call goes from Bob to Carol and from Carol to Dave, who sees for whom it was.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
phone dave 7970 line 204
203 forwards to 204 on no answer after 6 seconds
application console watches 201 202 203 204

bob forwards to 203
alice dials 202
carol rings from 201
dave rings from 201 within 7 seconds
dave shows "for 202"
console sees Diverted at 203 lcs null cause callForwardNoAnswer to 202 via 202 onto 204
console sees Delivered at 204 cause callForwardNoAnswer to 202 via 203
dave answers
alice is connected to 204
