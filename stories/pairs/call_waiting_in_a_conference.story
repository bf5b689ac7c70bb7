# A call waits while Alice is in a conference; she answers it, and the others go on talking.
every step is checked
phone alice 7960 octo-line 201
phone bob 7961 line 202
phone carol 7970 line 203
phone dave 7970 line 204
application console watches 201 202 203 204

bob dials 201
alice answers
alice confers with 203
carol answers
alice confers
dave dials 201
alice has a call waiting from 204
console answers at 201
console succeeds
alice is connected to 204
bob is in a conference with 201 203
dave hangs up
alice resumes
alice is in a conference with 202 203
