// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/layout_blob.hpp"

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::ctl {

Result<std::string> read_layout_blob(const std::filesystem::path& layout, const std::string& name) {
    RDT_TRY(const auto digest, crypto::Digest::parse(name));
    RDT_TRY(auto text, read_file(layout / "blobs" / name.substr(0, name.find(':')) / digest.hex()));
    RDT_TRY(const auto found, crypto::digest_of(text, digest.algorithm()));
    if (found == digest) return text;
    return fail(Code::data_loss, "{}: a blob is not what its digest {} says", layout.native(), name);
}

} // namespace redoubt::ctl
