// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <utility>

#include "common/archive/tree_packer.hpp"
#include "common/archive/tree_unpacker.hpp"
#include "common/base/file.hpp"
#include "node-daemon/ctl/archive_pipe.hpp"
#include "node-daemon/ctl/copy_plan.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/terminal.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

using Kind = CopyEnd::Kind;

Result<PathKind> kind_here(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return PathKind::missing;
        return fail_errno(errno, "look at {}", path);
    }
    if (S_ISREG(status.st_mode)) return PathKind::file;
    return S_ISDIR(status.st_mode) ? PathKind::folder : PathKind::other;
}

Result<PathKind> kind_there(Client& client, const CopyEnd& end, const std::string& path) {
    const auto status = client.stat_path(end.container, path);
    if (!status) {
        // "no container" is another error than "no path": only the latter is an answer.
        const bool is_path =
            status.error().code == Code::not_found && status.error().message.contains(" in the container");
        if (is_path) return PathKind::missing;
        return std::unexpected(status.error());
    }
    if (status->kind() == pb::StatPathResponse::FILE) return PathKind::file;
    return status->kind() == pb::StatPathResponse::FOLDER ? PathKind::folder : PathKind::other;
}

Result<PathKind> kind_at(Client& client, const CopyEnd& end, const std::string& path) {
    return end.kind == Kind::local ? kind_here(path) : kind_there(client, end, path);
}

Result<CopyPlace> find_place(Client& client, const CopyEnd& from, const CopyEnd& to, Overwrite overwrite) {
    CopySource source{.path = from.path};
    RDT_TRY(source.kind, kind_at(client, from, from.path));
    // Relative paths in a container begin in its working directory: the daemon knows it.
    CopyTarget target{.path = to.path};
    RDT_TRY(target.kind, kind_at(client, to, to.path));
    if (target.kind == PathKind::missing) {
        RDT_TRY(target.parent, kind_at(client, to, parent_of(to.path)));
    }
    return place_copy(source, target, overwrite);
}

/// Gives the archive's next bytes, none at its end.
using Source = std::function<Result<std::string>()>;

Status send(Client& client, const CopyEnd& to, const std::string& folder, const CopyOptions& options,
            const Source& source) {
    pb::CopyToStart start;
    start.set_container(to.container);
    start.set_folder(folder);
    start.set_keep_owners(!options.own_by_target);
    start.set_overwrite(options.overwrite);
    RDT_CHECK(client.copy_to(start, source));
    return {};
}

Status receive(Client& client, const CopyEnd& from, const std::string& name,
               const std::function<Status(std::string_view)>& sink) {
    pb::CopyFromRequest request;
    request.set_container(from.container);
    request.set_path(from.path);
    request.set_name(name);
    return client.copy_from(request,
                            [&](const pb::CopyFromResponse& response) { return sink(response.data()); });
}

Status to_stream(Client& client, const CopyEnd& from) {
    if (is_terminal(STDOUT_FILENO))
        return fail(Code::invalid_argument,
                    "an archive is not written to a terminal: redirect standard output");
    return receive(client, from, "", [](std::string_view bytes) { return print(bytes); });
}

Result<std::string> read_input() {
    std::string bytes(256UZ * 1024, '\0');
    const auto count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0) return fail_errno(errno, "read standard input");
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
}

Status from_stream(Client& client, const CopyEnd& to, const CopyOptions& options) {
    if (is_terminal(STDIN_FILENO))
        return fail(Code::invalid_argument,
                    "an archive is not read from a terminal: redirect standard input");
    return send(client, to, to.path, options, read_input);
}

Status to_here(Client& client, const CopyEnd& from, const CopyPlace& place, const CopyOptions& options) {
    RDT_TRY(auto folder, open_file(place.folder, O_PATH | O_DIRECTORY));
    const archive::UnpackRules rules{.links = archive::LinkRule::refuse,
                                     .keeps_owners = !options.own_by_target,
                                     .owner = std::nullopt,
                                     .allows_overwrite = options.overwrite};
    archive::TreeUnpacker unpacker(std::move(folder), "", rules);
    RDT_CHECK(
        receive(client, from, place.name, [&](std::string_view bytes) { return unpacker.feed(bytes); }));
    RDT_CHECK(unpacker.finish());
    return {};
}

Status from_here(Client& client, const CopyEnd& from, const CopyEnd& to, const CopyPlace& place,
                 const CopyOptions& options) {
    RDT_TRY(auto source, open_file(from.path, O_PATH));
    archive::TreePacker packer(std::move(source), place.name);
    return send(client, to, place.folder, options, [&] { return packer.next(); });
}

Status between(Client& client, const CopyEnd& from, const CopyEnd& to, const CopyPlace& place,
               const CopyOptions& options) {
    ArchivePipe pipe([&](const std::function<Status(std::string_view)>& sink) {
        return receive(client, from, place.name, sink);
    });
    return send(client, to, place.folder, options, [&] { return pipe.read(); });
}

Status copy_parsed(Client& client, const CopyEnd& from, const CopyEnd& to, const CopyOptions& options) {
    if (from.kind != Kind::container && to.kind != Kind::container)
        return fail(Code::invalid_argument, "one of '{}' and '{}' must be CONTAINER:PATH", options.source,
                    options.target);
    if (to.kind == Kind::stream) return to_stream(client, from);
    if (from.kind == Kind::stream) return from_stream(client, to, options);
    RDT_TRY(const auto place,
            find_place(client, from, to, options.overwrite ? Overwrite::yes : Overwrite::no));
    if (to.kind == Kind::local) return to_here(client, from, place, options);
    if (from.kind == Kind::local) return from_here(client, from, to, place, options);
    return between(client, from, to, place, options);
}

} // namespace

Result<int> copy(Context context, const CopyOptions& options) {
    RDT_TRY(const auto from, parse_copy_end(options.source));
    RDT_TRY(const auto to, parse_copy_end(options.target));
    RDT_CHECK(copy_parsed(context.client, from, to, options));
    return 0;
}

} // namespace redoubt::ctl
