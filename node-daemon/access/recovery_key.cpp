// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/recovery_key.hpp"

#include <unistd.h>

#include <algorithm>

#include "common/base/durable_file.hpp"
#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::node::access {
namespace {

constexpr std::uint64_t k_largest = 1024;

bool is_of_a_key(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
}

} // namespace

Result<std::string> RecoveryKey::read() const {
    auto text = read_file(file_, k_largest);
    if (!text && text.error().code == Code::not_found)
        return fail(
            Code::not_found,
            "no recovery key waits on this node: somebody has fetched it (see redoubtctl node audit), "
            "or its state has none");
    if (!text) return text;
    while (!text->empty() && text->back() == '\n') text->pop_back();
    if (text->empty() || !std::ranges::all_of(*text, is_of_a_key))
        return fail(Code::data_loss, "{} holds no recovery key", file_.native());
    return text;
}

Status RecoveryKey::forget(std::string_view sha256) {
    RDT_TRY(const auto key, read());
    RDT_TRY(const auto digest, crypto::digest_of(key));
    if (digest.str() != sha256)
        return fail(Code::invalid_argument,
                    "that is another key than this node's: fetch it again; the node keeps it until then");
    if (::unlink(file_.c_str()) != 0) return fail_errno(errno, "remove {}", file_.native());
    // A power cut does not bring back what the caller was told is gone.
    RDT_CHECK(sync_to_disk(file_.parent_path()));
    return write_file(marker_, "", 0644);
}

} // namespace redoubt::node::access
