# A phone that stops reading disturbs nobody, and catches up when it reads again.
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7975 line 203

bob stops reading
alice dials 202
alice hears ringing
alice hangs up
carol dials 201
alice answers
carol is connected to 201
alice hangs up
alice dials 202
bob reads again
bob rings from 201
bob answers
alice is connected to 202
