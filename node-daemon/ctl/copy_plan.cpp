// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/copy_plan.hpp"

#include <string_view>

namespace redoubt::ctl {
namespace {

std::string without_end(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

/// "a/b/" -> "b".
std::string last_part(const std::string& path) {
    const auto whole = without_end(path);
    return whole.substr(whole.rfind('/') + 1); // npos + 1: the whole
}

/// What is in a folder, and not itself, is meant.
bool means_content(const std::string& path) {
    const auto last = last_part(path);
    return last.empty() || last == "." || last == "..";
}

} // namespace

Result<CopyEnd> parse_copy_end(const std::string& text) {
    if (text == "-") return CopyEnd{.kind = CopyEnd::Kind::stream, .container = {}, .path = {}};
    const auto colon = text.find(':');
    const bool is_local = text.starts_with('/') || text.starts_with('.') || colon == std::string::npos ||
                          text.find('/') < colon;
    if (is_local) return CopyEnd{.kind = CopyEnd::Kind::local, .container = {}, .path = text};
    CopyEnd end{
        .kind = CopyEnd::Kind::container, .container = text.substr(0, colon), .path = text.substr(colon + 1)};
    if (end.container.empty() || end.path.empty())
        return fail(Code::invalid_argument, "'{}' is not CONTAINER:PATH", text);
    return end;
}

std::string parent_of(const std::string& path) {
    const auto whole = without_end(path);
    const auto slash = whole.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : whole.substr(0, slash);
}

Result<CopyPlace> place_copy(const CopySource& source, const CopyTarget& target, Overwrite overwrite) {
    if (source.kind == PathKind::missing) return fail(Code::not_found, "no '{}' to copy", source.path);
    if (source.kind == PathKind::other)
        return fail(Code::invalid_argument, "'{}' is neither a file nor a folder", source.path);
    const bool is_folder = source.kind == PathKind::folder;
    if (!is_folder && source.path.ends_with('/'))
        return fail(Code::invalid_argument, "'{}' is no folder", source.path);
    CopyPlace anew{.folder = parent_of(target.path), .name = last_part(target.path)};
    switch (target.kind) {
    case PathKind::folder:
        if (is_folder && means_content(source.path)) return CopyPlace{target.path, "."};
        return CopyPlace{target.path, last_part(source.path)};
    case PathKind::file:
        if (is_folder && overwrite == Overwrite::no)
            return fail(Code::invalid_argument, "'{}' is a folder and '{}' a file: use --overwrite",
                        source.path, target.path);
        if (target.path.ends_with('/')) return fail(Code::invalid_argument, "'{}' is no folder", target.path);
        return anew;
    case PathKind::other:
        return fail(Code::invalid_argument, "'{}' is neither a file nor a folder", target.path);
    case PathKind::missing: break;
    }
    if (!is_folder && target.path.ends_with('/'))
        return fail(Code::not_found, "there is no folder '{}': make it first", target.path);
    if (target.parent != PathKind::folder)
        return fail(Code::not_found, "there is no folder '{}' to copy into: make it first", anew.folder);
    return anew;
}

} // namespace redoubt::ctl
