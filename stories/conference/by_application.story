# An application makes a conference, and a fourth party does not fit into it.
every step is checked
phone alice 7960 octo-line 201
phone bob 7961 line 202
phone carol 7970 line 203
phone dave 7970 line 204
application console watches 201 202 203

bob dials 201
alice answers
console consults 203 at 201
carol answers
console confers at 201
console succeeds
bob is in a conference with 201 203
carol is in a conference with 201 202
console consults 204 at 201
console succeeds
dave answers
console confers at 201
console is refused with conferenceMemberLimitExceeded
alice is connected to 204
