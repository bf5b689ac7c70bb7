# Alice makes a conference on a line that she shares; the other phone of the line shows it and cannot disturb it.
phone alice 7960 octo-line 201
phone assistant 7961 octo-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
alice answers
assistant's line 1 lamp is On
alice confers with 203
carol answers
alice confers
alice is in a conference with 202 203
bob is in a conference with 201 203
console sees Conferenced at 201 lcs connected cause conference
console takes a snapshot of 201
console finds 1 calls
assistant dials 202
assistant hears LineBusyTone
assistant hangs up
alice is in a conference with 202 203
bob hangs up
alice is connected to 203
alice holds
assistant presses line 1
assistant is connected to 203
