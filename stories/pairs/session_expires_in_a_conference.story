# The session of the application expires during the conference that it made: the conference goes on.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203
console never refreshes its session
console asks for a session of 90 seconds

bob dials 201
console answers at 201
console consults 203 at 201
carol answers
console confers at 201
alice is in a conference with 202 203
after 100 seconds
console has no session
alice is in a conference with 202 203
bob is in a conference with 201 203
bob hangs up
alice is connected to 203
