# Joins two pipes with splice(2), which the Python profile does not allow: a rule is missing.
import os

(reader, writer), (other_reader, other_writer) = os.pipe(), os.pipe()
os.write(writer, b"through")
print(os.splice(reader, other_writer, 7), os.read(other_reader, 7))
