# Bob begins to forward and changes his mind, enters numbers that are nobody's or his own, and hangs up to confirm.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202

bob presses ForwardAll
bob shows "Enter number to forward to"
bob hears InsideDialTone
bob presses ForwardAll
bob is idle
bob is not forwarded
bob forwards to 777
bob shows "Unknown number"
bob hangs up
bob forwards to 202
bob shows "CFwdAll loop detected"
bob hangs up
bob is not forwarded
bob presses ForwardAll
bob types 201
bob hangs up
bob is forwarded to 201
bob is idle
