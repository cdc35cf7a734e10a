"""Files of many records, such as TFRecords, written as image files and a table; ``image_files`` is the door."""
