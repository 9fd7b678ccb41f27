// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/guest_image_use.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "common/base/file.hpp"
#include "common/oci/reference.hpp"

namespace redoubt::node::sandbox {

std::string guest_reference(const std::string& wanted, const image::StoredImage& image,
                            Authorised authorised) {
    const auto asked = oci::parse_reference(wanted);
    const bool is_whole = asked && asked->is_qualified();
    if (is_whole && asked->digest && asked->digest->str() == image.manifest_digest) return wanted;
    if (is_whole && !asked->digest && authorised == Authorised::by_signature) return wanted;
    for (const auto& [name, since] : image.names) {
        const auto reference = oci::parse_reference(name);
        if (!reference) continue;
        const bool is_by_tag = !reference->tag.empty() && !(asked && asked->digest);
        if (authorised == Authorised::by_signature && is_by_tag)
            return reference->name() + ":" + reference->tag;
        return reference->name() + "@" + image.manifest_digest;
    }
    return "localhost/unnamed@" + image.manifest_digest;
}

std::filesystem::path scratch_file(const Node& node, const Container& container) {
    return node.container_directory(container.record.id) / "scratch.img";
}

Task<void> make_scratch(Node& node, std::shared_ptr<Container> container) {
    const auto image = node.images.find(container->record.image_id);
    if (!image || !image->is_encrypted) co_return Status{};
    co_return co_await offload(node.pool, [path = scratch_file(node, *container)]() -> Status {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT)
            return fail_errno(errno, "replace {}", path.native());
        RDT_TRY(const auto file, open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600));
        if (::ftruncate(file.get(), static_cast<off_t>(k_scratch_bytes)) != 0)
            return fail_errno(errno, "make scratch disk {}", path.native());
        return {};
    });
}

asio::awaitable<void> remove_scratch(Node& node, std::shared_ptr<Container> container) {
    co_await offload(node.pool, [path = scratch_file(node, *container)] {
        std::error_code ignored; // it goes with the container, at the latest
        std::filesystem::remove(path, ignored);
        return true;
    });
}

} // namespace redoubt::node::sandbox
