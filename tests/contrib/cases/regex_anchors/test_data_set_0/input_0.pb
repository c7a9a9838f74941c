2	www.a.com2a
b2
www.a..com2abBinput_0