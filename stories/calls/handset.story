# With the handset and without soft keys: an old phone makes and answers calls by its hook.
phone alice 12SP line 201
phone bob 7960 line 202

alice lifts the handset
alice hears InsideDialTone
alice types 202
bob rings from 201
bob lifts the handset
alice is connected to 202
bob is connected to 201
alice replaces the handset
alice is idle
bob is idle
bob replaces the handset
bob dials 201
alice rings from 202
alice lifts the handset
alice is connected to 202
bob hangs up
alice is idle
