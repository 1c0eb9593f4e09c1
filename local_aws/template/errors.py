"""What a template can be refused for."""


class TemplateError(Exception):
    """The template, or a parameter, asks for something that is wrong or that local AWS does not do; says which."""
