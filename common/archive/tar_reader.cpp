// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/archive/tar_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace redoubt::archive {
namespace {

constexpr std::uint64_t k_longest_extension = 1U << 20U;
constexpr std::size_t k_longest_path = 4095; // PATH_MAX without its NUL
/// As star began it, and all others write it now.
constexpr std::string_view k_xattr_prefix = "SCHILY.xattr.";

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "LENGTH KEY=VALUE\n", one behind the other.
Status parse_pax(std::string_view text, std::map<std::string, std::string>& records) {
    while (!text.empty()) {
        const auto space = text.find(' ');
        const auto length = number_of<std::size_t>(text.substr(0, space));
        if (space == std::string_view::npos || !length || *length <= space + 1 || *length > text.size() ||
            text[*length - 1] != '\n')
            return fail(Code::invalid_argument, "a pax header is broken");
        const auto record = text.substr(space + 1, *length - space - 2);
        const auto equals = record.find('=');
        if (equals == std::string_view::npos) return fail(Code::invalid_argument, "a pax header is broken");
        records[std::string(record.substr(0, equals))] = record.substr(equals + 1);
        text.remove_prefix(*length);
    }
    return {};
}

template <class Number>
Status set_number(const std::map<std::string, std::string>& records, const std::string& key, Number& target) {
    const auto found = records.find(key);
    if (found == records.end()) return {};
    const auto value = number_of<Number>(found->second);
    if (!value) return fail(Code::invalid_argument, "pax header: {} '{}' is no number", key, found->second);
    target = *value;
    return {};
}

/// "1767168000.25", also negative; digits beyond the ninth are dropped.
Status set_time(const std::string& text, Entry& entry) {
    const auto point = text.find('.');
    const auto seconds = number_of<std::int64_t>(std::string_view(text).substr(0, point));
    std::string digits = point == std::string::npos ? "" : text.substr(point + 1);
    digits.resize(9, '0');
    const auto nanoseconds = number_of<std::uint32_t>(digits);
    if (!seconds || !nanoseconds) return fail(Code::invalid_argument, "pax header: mtime '{}' is none", text);
    entry.mtime_seconds = *seconds;
    entry.mtime_nanoseconds = *nanoseconds;
    if (text.starts_with('-') && *nanoseconds > 0) {
        entry.mtime_seconds -= 1;
        entry.mtime_nanoseconds = 1'000'000'000 - *nanoseconds;
    }
    return {};
}

Status apply(const std::map<std::string, std::string>& records, Entry& entry) {
    if (const auto path = records.find("path"); path != records.end()) entry.path = path->second;
    if (const auto link = records.find("linkpath"); link != records.end()) entry.link = link->second;
    if (entry.kind == EntryKind::file) RDT_CHECK(set_number(records, "size", entry.size_bytes));
    RDT_CHECK(set_number(records, "uid", entry.uid));
    RDT_CHECK(set_number(records, "gid", entry.gid));
    if (const auto time = records.find("mtime"); time != records.end())
        RDT_CHECK(set_time(time->second, entry));
    for (const auto& [key, value] : records) {
        if (key.starts_with("GNU.sparse"))
            return fail(Code::unimplemented, "entry '{}': a sparse file, which is not copied", entry.path);
        if (key.starts_with(k_xattr_prefix)) entry.xattrs[key.substr(k_xattr_prefix.size())] = value;
    }
    return {};
}

} // namespace

Status TarReader::feed(std::string_view bytes) {
    while (!bytes.empty() && stage_ != Stage::ended) {
        if (stage_ == Stage::header) {
            const auto taken = std::min(bytes.size(), k_block - block_.size());
            block_ += bytes.substr(0, taken);
            bytes.remove_prefix(taken);
            if (block_.size() == k_block) RDT_CHECK(take_header());
            continue;
        }
        const auto piece = take_content(bytes);
        bytes.remove_prefix(piece.size());
        if (stage_ == Stage::content) RDT_CHECK(sink_.data(piece));
        if (stage_ == Stage::extension) extension_ += piece;
        if (left_ == 0) RDT_CHECK(end_content());
    }
    return {};
}

Status TarReader::finish() {
    const bool is_between = stage_ == Stage::header && block_.empty() && overrides_.empty();
    if (stage_ == Stage::ended || (is_between && entries_ > 0)) return {};
    return fail(Code::invalid_argument, "the archive is cut short");
}

std::string_view TarReader::take_content(std::string_view bytes) {
    const auto piece = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), left_));
    left_ -= piece.size();
    return piece;
}

Status TarReader::take_header() {
    if (std::ranges::all_of(block_, [](char c) { return c == '\0'; })) {
        stage_ = Stage::ended;
        return {};
    }
    RDT_TRY(auto raw, parse_header(block_));
    block_.clear();
    left_ = raw.entry.size_bytes;
    padding_ = padding_of(left_);
    const bool is_plain = raw.type != 'x' && raw.type != 'g' && raw.type != 'L' && raw.type != 'K';
    if (is_plain) return begin_entry(std::move(raw.entry));
    if (left_ > k_longest_extension)
        return fail(Code::resource_exhausted, "a header of {} bytes: the most is {}", left_,
                    k_longest_extension);
    extension_type_ = raw.type;
    extension_.clear();
    stage_ = Stage::extension;
    return left_ == 0 ? end_content() : Status();
}

Status TarReader::begin_entry(Entry entry) {
    RDT_CHECK(apply(overrides_, entry));
    overrides_.clear();
    if (entry.path.size() > k_longest_path || entry.link.size() > k_longest_path)
        return fail(Code::resource_exhausted, "entry '{}...': its name is longer than {} bytes",
                    entry.path.substr(0, 64), k_longest_path);
    left_ = entry.size_bytes;
    padding_ = padding_of(left_);
    ++entries_;
    stage_ = Stage::content;
    RDT_CHECK(sink_.begin(entry));
    return left_ == 0 ? end_content() : Status();
}

Status TarReader::take_extension() {
    const auto trimmed = extension_.substr(0, extension_.find('\0'));
    if (extension_type_ == 'L') overrides_["path"] = trimmed;
    if (extension_type_ == 'K') overrides_["linkpath"] = trimmed;
    // What is global to an archive ('g') is nothing that matters here.
    return extension_type_ == 'x' ? parse_pax(extension_, overrides_) : Status();
}

Status TarReader::end_content() {
    if (stage_ == Stage::content) RDT_CHECK(sink_.end());
    if (stage_ == Stage::extension) RDT_CHECK(take_extension());
    const bool pads = stage_ != Stage::padding && padding_ > 0;
    stage_ = pads ? Stage::padding : Stage::header;
    left_ = pads ? padding_ : 0;
    return {};
}

} // namespace redoubt::archive
