Boutput_0J@h:
¿D?8Qw½h'¡½ï‚›¿Xÿ¾SàÄ?ze?l2o?Fß¾ AY¼€¬¿0ˆÔ<"ª¾¦O¿R;å>