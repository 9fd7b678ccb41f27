// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How far a container's output has come into its log: what lets a restarted daemon go on without a gap and
/// without a repetition. Rotation forgets entries, so what came before a file is kept beside it in
/// `<file>.start`. Format: docs/formats/container-log.md. Blocking: to be called on the pool.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>

#include "common/base/error.hpp"
#include "node-daemon/sandbox/process_session.hpp"

namespace redoubt::node::sandbox {

/// Bytes of each stream.
struct LogLengths {
    std::uint64_t output = 0;
    std::uint64_t error = 0;

    [[nodiscard]] std::uint64_t& of(OutputStream stream) {
        return stream == OutputStream::standard_output ? output : error;
    }
    friend bool operator==(const LogLengths&, const LogLengths&) = default;
};

/// What was logged before the first entry of a file. Files are told apart by their inode: they are renamed.
struct LogStart {
    ino_t inode = 0;
    LogLengths lengths;
};

/// Replaces `<log>.start`. `old_file` is needed until the new one has taken its place.
Status write_log_starts(const std::filesystem::path& log, const LogStart& old_file, const LogStart& new_file);

/// What had been logged before a file's first entry, and until its end.
struct LogExtent {
    LogLengths start;
    LogLengths end;
};

/// The extent of `log`; a torn entry at its end, which a crash may leave, is cut off. Zero when there is no
/// such file. Errors: by errno; data_loss when `<log>.start` does not know the file.
Result<LogExtent> recover_log_extent(const std::filesystem::path& log);

} // namespace redoubt::node::sandbox
