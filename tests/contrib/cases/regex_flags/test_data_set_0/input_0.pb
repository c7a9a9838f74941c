2kb
x2KB
x2Kb..2kb

2KbééBinput_0