# Old and new phones, asking one thing at a time or many, in short and long forms, speak with each other.
phone ann 7960 line 201
phone ben 7961 line 202
phone cid 12SP line 203
phone dan 7912 line 204
phone eve 7921 line 205
phone fay 8945 line 206

ann dials 202
ben answers
ann is connected to 202
dan dials 203
cid lifts the handset
dan is connected to 203
eve dials 206
fay answers
eve is connected to 206
