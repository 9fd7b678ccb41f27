// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/digest.hpp"
#include "common/oci/layer_tar.hpp"

namespace redoubt::guest::image {

/// Unpacks a layer that has been copied and found right: judged by the rules that the node's conversion has,
/// then written to the empty folder `target` as overlayfs reads it. Other work of the strand goes on between
/// pieces. `spool` is borrowed. Errors: data_loss its content has another diff id, or a damaged stream;
/// invalid_argument naming the entry of a hostile or broken archive; resource_exhausted beyond a limit, or no
/// space; cancelled.
Task<void> unpack_layer(int spool, crypto::Digest diff_id, UniqueFd target, oci::LayerTarLimits limits);

} // namespace redoubt::guest::image
