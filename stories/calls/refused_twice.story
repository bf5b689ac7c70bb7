# Alice's only channel is on hold. Whenever she tries to begin another call she hears and reads why not.
phone alice 7960 line 201
phone bob 7961 line 202

alice dials 202
bob answers
alice holds
alice presses NewCall
alice hears ReorderTone
alice shows "No line available"
after 10 seconds
alice presses NewCall
alice hears ReorderTone
