# Counts words, writes a file and reads it again.
BEGIN {
  n = split("one two two three three three", words, " ")
  for (i = 1; i <= n; i++) count[words[i]]++
  for (word in count) print word, count[word] > "counts"
  close("counts")
  while ((getline line < "counts") > 0) total++
  print total, "words"
}
