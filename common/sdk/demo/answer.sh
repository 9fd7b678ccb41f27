#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# A prompt in, text out, by the model's trigrams: ask the server for /cgi-bin/answer?the+guest
printf 'Content-Type: text/plain\r\n\r\n'
echo "$QUERY_STRING" | awk -v model=/model/trigrams '
BEGIN { srand(length(ENVIRON["QUERY_STRING"])) ; while ((getline line < model) > 0) { tab = index(line, "\t"); next_of[substr(line, 1, tab - 1)] = substr(line, tab + 1) } }
{
    gsub(/[^A-Za-z+.-]/, ""); n = split(tolower($0), words, /[+]/)
    text = ""; for (i = 1; i <= n; i++) text = text words[i] " "
    first = words[n - 1]; second = words[n]
    for (made = 0; made < 30; made++) {
        if (!((first " " second) in next_of)) break
        count = split(next_of[first " " second], parts, " "); sum = 0
        for (i = 2; i <= count; i += 2) sum += parts[i]
        left = rand() * sum; word = parts[1]
        for (i = 2; i <= count; i += 2) { left -= parts[i]; if (left <= 0) { word = parts[i - 1]; break } }
        text = text word " "; first = second; second = word
    }
    gsub(/ [.]/, ".", text); gsub(/ ,/, ",", text); print text
}'
