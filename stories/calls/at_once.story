# A number from a list is dialled at once.
phone alice 7961 line 201
phone bob 7960 line 202

alice dials 202 at once
bob rings from 201
bob presses the speaker button
alice is connected to 202
bob presses the speaker button
alice is idle
bob is idle
