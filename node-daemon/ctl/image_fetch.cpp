// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/image_fetch.hpp"

#include <unistd.h>

#include <optional>

#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/terminal.hpp"

namespace redoubt::ctl {
namespace {

/// Shows progress and keeps the image, which comes last.
class Fetch {
  public:
    explicit Fetch(ProgressStyle style) : progress_(style) {}

    Status take(const pb::ImageProgress& message) {
        if (message.has_image()) image_ = message.image();
        if (!message.has_layer()) return {};
        const auto size = window_size(STDERR_FILENO);
        const std::size_t columns = size ? size->columns : 80;
        const std::string text = progress_.update(message.layer(), Progress::Clock::now(), columns);
        if (!text.empty()) print_error(text);
        return {};
    }

    Result<pb::Image> result() {
        if (image_) return std::move(*image_);
        return fail(Code::internal, "the daemon ended without naming the image");
    }

  private:
    Progress progress_;
    std::optional<pb::Image> image_;
};

} // namespace

ProgressStyle progress_style(Quiet quiet) {
    if (quiet == Quiet::yes) return ProgressStyle::none;
    return is_terminal(STDERR_FILENO) ? ProgressStyle::bars : ProgressStyle::lines;
}

Result<pb::Image> pull_with_progress(Client& client, const pb::PullImageRequest& request,
                                     ProgressStyle style) {
    Fetch fetch(style);
    RDT_CHECK(client.pull_image(request, [&fetch](const auto& message) { return fetch.take(message); }));
    return fetch.result();
}

Result<pb::Image> import_with_progress(Client& client, const pb::ImportImageRequest& request,
                                       ProgressStyle style) {
    Fetch fetch(style);
    RDT_CHECK(client.import_image(request, [&fetch](const auto& message) { return fetch.take(message); }));
    return fetch.result();
}

} // namespace redoubt::ctl
